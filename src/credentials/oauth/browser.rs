//! The user's browser.

/// Whether a browser can be expected to open where the user sees it.
pub fn has_browser() -> bool {
    if std::env::var_os("SSH_CONNECTION").is_some_and(|value| !value.is_empty()) {
        return false;
    }
    if cfg!(any(windows, target_os = "macos")) {
        return true;
    }
    ["DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Opens an address; false if nothing could be started.
pub(super) fn open(url: &str) -> bool {
    // `BROWSER` is what people set; the platform's own way comes after it.
    if let Some(browser) = std::env::var_os("BROWSER").filter(|browser| !browser.is_empty()) {
        return open::with_detached(url, browser.to_string_lossy()).is_ok();
    }
    open::that_detached(url).is_ok()
}
