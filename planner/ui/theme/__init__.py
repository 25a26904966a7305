"""How does the program look? Colours, type, icons and the stylesheet, all from one table of tokens."""
