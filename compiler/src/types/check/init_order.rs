//! In which order are package-level variables initialised?
