"""What is asked or told in a window of its own? Short texts; never work in progress."""
