//! Comparison codes as people type them.

use strongroom_protocol::ComparisonCode;

/// Whether what somebody typed is the whole code: groups in order, parted by hyphens or spaces, in either case, with I and L
/// for 1 and O for 0 (Crockford).
pub fn matches(code: &ComparisonCode, typed: &str) -> bool {
    let groups: Vec<_> =
        typed.split(|c: char| c == '-' || c.is_whitespace()).filter(|group| !group.is_empty()).collect();
    groups.len() == code.groups().len()
        && groups.iter().enumerate().all(|(index, group)| code.group_is(index, group))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_code_matches() {
        let code = ComparisonCode::of(&[0x5a; 32]);
        let text = code.to_string();
        assert!(matches(&code, &text));
        assert!(matches(&code, &text.to_lowercase().replace('-', "  ")));
        let mut groups: Vec<_> = text.split('-').collect();
        groups.pop();
        let other = ComparisonCode::of(&[0x5b; 32]).to_string();
        for bad in ["", "-", &groups.join("-"), &format!("{text}-0000"), &text.replace('-', ""), &other] {
            assert!(!matches(&code, bad), "{bad:?} passed for {text}");
        }
    }
}
