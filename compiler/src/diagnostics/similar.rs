//! How near two words are, for what may have been meant.

/// The name that was probably meant by a word.
pub fn closest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let near =
        |name: &'n str| Some((distance(word, name), name)).filter(|(distance, _)| is_near(*distance, name));
    names.into_iter().filter_map(near).min().map(|(_, name)| name)
}

/// Whether so many changes may be a slip in a name of this length.
fn is_near(distance: usize, name: &str) -> bool {
    distance <= (name.len() / 3).clamp(1, 3)
}

/// How many single-letter changes (a swap of neighbours is one) make `a` of `b`.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut cost = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                cost = cost.min(rows[i - 2][j - 2] + 1);
            }
            row.push(cost);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}
