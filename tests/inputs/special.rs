//! The table of special addresses against the oracle's: at every border, in every block, and at random.

use std::net::IpAddr;

use codebind::domain::public::{is_public, is_public_name};
use proptest::prelude::*;

use crate::bodies::oracle::{EXTRAS, Prefix, prefixes, refuses, refuses_name};

#[track_caller]
fn agree(address: IpAddr) {
    assert_eq!(is_public(address), !refuses(address), "{address}");
}

/// The address of a number, of the family that is `width` bits wide.
fn address(number: u128, width: usize) -> IpAddr {
    if width == 32 {
        u32::try_from(number & u128::from(u32::MAX)).unwrap().to_be_bytes().into()
    } else {
        number.to_be_bytes().into()
    }
}

/// The first and last number of a prefix.
fn borders(prefix: &Prefix) -> (u128, u128) {
    let number = |filling: bool| {
        let bits = prefix.fixed.iter().copied().chain(std::iter::repeat(filling)).take(prefix.width);
        bits.fold(0_u128, |number, bit| number << 1 | u128::from(bit))
    };
    (number(false), number(true))
}

#[test]
fn both_tables_agree_at_every_border() {
    // S-25, R-47: the first and the last address of each range, and their neighbours outside.
    let mut met = 0;
    for prefix in prefixes().map(Prefix::read) {
        let (first, last) = borders(&prefix);
        assert!(!is_public(address(first, prefix.width)) && !is_public(address(last, prefix.width)));
        for number in
            [first.wrapping_sub(1), first, first.wrapping_add(1), last.wrapping_sub(1), last, last.wrapping_add(1)]
        {
            agree(address(number, prefix.width));
            met += 1;
        }
    }
    assert!(met > 300, "{met}");
}

#[test]
fn both_tables_agree_in_every_block() {
    // S-25, R-47: of 16 bits, and of 32 bits where special ranges lie among public ones.
    for block in 0..=u128::from(u16::MAX) {
        for (width, number) in [
            (32, block << 16),
            (128, block << 112),
            (128, 0x2001 << 112 | block << 96),
            (128, 0x64 << 112 | block << 96),
        ] {
            let rest = (1_u128 << if width == 32 { 16 } else { 96 }) - 1;
            agree(address(number, width));
            agree(address(number | rest, width));
        }
    }
}

#[test]
fn what_is_refused_beyond_the_registries_is_listed_with_a_reason() {
    // S-25: the list is complete, as both tables agree; and each entry is refused indeed.
    for (prefix, reason) in EXTRAS {
        let prefix = Prefix::read(prefix);
        assert!(!is_public(address(borders(&prefix).0, prefix.width)) && !reason.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_tables_agree_anywhere(number: u128, near in 0_usize..58, off in 0_u128..1024) {
        // S-25, R-47
        agree(address(number, 32));
        agree(address(number, 128));
        // Where the public addresses of version 6 are.
        agree(address(number >> 3 | 1 << 125, 128));
        let prefix = Prefix::read(prefixes().nth(near).unwrap());
        let (first, last) = borders(&prefix);
        for number in [first.wrapping_sub(off), first.wrapping_add(off), last.wrapping_sub(off), last.wrapping_add(off)] {
            agree(address(number, prefix.width));
        }
    }

    #[test]
    fn a_mapped_address_is_never_public(number: u32) {
        // S-25, R-47: whatever is inside, and by whatever way it is put there.
        let inside = u128::from(number);
        for outside in [0, 0xffff << 32, 0x64_ff9b << 96, 0x2002 << 112 | inside << 80, 0x2001 << 112] {
            let address = address(outside | inside, 128);
            prop_assert!(!is_public(address), "{}", address);
        }
    }

    #[test]
    fn both_lists_of_names_agree(name in "[a-zA-Z0-9.-]{0,20}(\\.(local|LocalHost|internal|test|onion|com|arpa|example|locale))?") {
        // S-25, R-41
        prop_assert_eq!(is_public_name(&name), !refuses_name(&name), "{}", name);
    }
}
