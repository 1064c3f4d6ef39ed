//! Which addresses are on this machine or within a network, and which are public.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Whether an address is loopback, link-local, private or otherwise special (the IANA's registries of special-purpose
/// addresses, RFC 6890): what answers there answers only to this machine or network.
pub(super) fn is_inner(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_inner_v4(address),
        IpAddr::V6(address) => is_inner_v6(address),
    }
}

fn is_inner_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    match a {
        0 | 10 | 127 | 224.. => true,
        100 => (64..128).contains(&b),
        169 => b == 254,
        172 => (16..32).contains(&b),
        192 => b == 168 || (b, c) == (0, 0),
        198 => b == 18 || b == 19,
        _ => false,
    }
}

fn is_inner_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let v4 = |high: u16, low: u16| is_inner_v4(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match segments {
        // Unspecified, loopback, and IPv4 in disguise: mapped, translated, compatible.
        [0, 0, 0, 0, ..] => true,
        // NAT64 (RFC 6052), within a network (RFC 8215).
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => v4(high, low),
        [0x64, 0xff9b, 1, ..] => true,
        // Discarded; Teredo, ORCHID and others that are not locations; 6to4.
        [0x100, 0, 0, ..] | [0x2001, 0..0x200, ..] => true,
        [0x2002, high, low, ..] => v4(high, low),
        // Unique local, link-local, site-local, multicast.
        [first, ..] => matches!(first, 0xfc00..=0xfdff | 0xfe80..=0xfeff | 0xff00..),
    }
}

/// The same for a host as spelled in a URL, when a proxy would look it up: literal addresses in any form that systems
/// accept, and names for this machine or for hosts of a local network.
pub(super) fn is_inner_by_name(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return is_inner(address);
    }
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let Some((_, last)) = name.rsplit_once('.') else { return true };
    // `127.1`, `0x7f.1`, `0177.0.0.1`: no top-level domain begins with a digit (RFC 3696, section 2).
    last.starts_with(|c: char| c.is_ascii_digit())
        || matches!(
            last,
            "localhost" | "localdomain" | "local" | "internal" | "intranet" | "lan" | "home" | "corp"
        )
        || name.ends_with(".home.arpa")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_a_machine_or_a_network_are_inner() {
        for inner in [
            "127.0.0.1",
            "127.9.9.9",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "0.0.0.0",
            "0.1.2.3",
            "224.0.0.1",
            "255.255.255.255",
            "240.0.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::7f00:1",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "fec0::1",
            "ff02::1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001::1",
            "100::1",
            "::ffff:0:7f00:1",
        ] {
            assert!(is_inner(inner.parse().unwrap()), "{inner}");
            assert!(is_inner_by_name(inner), "{inner}");
        }
        for outer in [
            "8.8.8.8",
            "100.63.0.1",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "169.253.0.1",
            "192.167.0.1",
            "1.1.1.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00::1",
            "2001:4860:4860::8888",
            "64:ff9b::808:808",
            "2002:808:808::",
        ] {
            assert!(!is_inner(outer.parse().unwrap()), "{outer}");
            assert!(!is_inner_by_name(outer), "{outer}");
        }
    }

    #[test]
    fn names_of_a_machine_or_a_network_are_inner() {
        for inner in [
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "db",
            "printer.local",
            "metadata.google.internal",
            "127.1",
            "0x7f.0.0.1",
            "2130706433",
            "0177.0.0.1",
            "[::1]",
            "router.lan",
            "nas.home.arpa",
        ] {
            assert!(is_inner_by_name(inner), "{inner}");
        }
        for outer in ["api.example.com", "localhost.example.com", "internal.example.com", "[2606:4700::1]"] {
            assert!(!is_inner_by_name(outer), "{outer}");
        }
    }
}
