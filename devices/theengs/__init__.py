"""Theengs Decoder: what the fields of its Bluetooth adverts mean, and which adverts are nobody's business."""
