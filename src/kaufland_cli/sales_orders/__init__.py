"""What becomes a sales order, with which lines and for which customer; where it is created stands behind `target`."""
