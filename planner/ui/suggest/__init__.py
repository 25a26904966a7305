"""Where are placements suggested? The wish, the candidates beside one another and in the views, and adopting one."""
