"""What stands at the right of the views? One panel per step of the workflow."""
