"""What plays next: items that can be asked for, the play queue, and album neighbours."""
