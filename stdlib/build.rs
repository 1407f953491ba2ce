//! Has the library embedded anew when a package changes: the macro that embeds it cannot say so itself.

fn main() {
    println!("cargo::rerun-if-changed=packages");
}
