"""DICOM out and the network; nothing else in the program opens a socket."""
