//! Which files a call reads: those that typed words name, and no others.
