//! Links in a plugin's folder, and files that are none.
