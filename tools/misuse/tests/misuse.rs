//! What is wrong is said when the program is compiled, at the place, with what would be right.

#[test]
fn misuse_does_not_compile_and_is_told_what_would() {
    trybuild::TestCases::new().compile_fail("tests/cases/*.rs");
}
