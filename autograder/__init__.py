"""Grade a class of notebooks with nbgrader: the command line and its parts."""
