"""The parts of language detection: preparation, voices, their calibrated pool, hints and romanised input."""
