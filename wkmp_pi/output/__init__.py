"""Stream → DAC: sinks, the writer thread, and the clock that tells which frame is heard."""
