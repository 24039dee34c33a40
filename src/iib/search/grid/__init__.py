"""Result sets of the grid: frozen orders of ids, their layout, and the export of a result."""
