"""The music, one file a piece: scores as data, with what their composer thought beside them."""
