"""What the Shelly conventions read: components and events of Gen2 and later, BTHome objects of BLU, topics of Gen1."""
