"""The library in memory: columns of every visible file, views of folders, cursors and orders."""
