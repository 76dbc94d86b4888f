//! The type wall: what must not compile does not, for the reason it should. (`TRYBUILD=overwrite` writes the reasons anew.)

#[test]
fn there_is_no_other_road_to_a_signature() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/types/the_road.rs");
    cases.compile_fail("tests/types/no_*.rs");
}
