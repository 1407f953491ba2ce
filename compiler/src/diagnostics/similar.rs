//! How near two words are, for what may have been meant.

/// The closest of some names to a misspelt one, if one is close enough to be meant.
pub fn closest<'n>(word: &str, names: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let near = |name: &'n str| {
        // No more than 3 letters may differ; longer detours need not be measured. And short names are within reach of everything: they
        // must differ in case only, or be two letters long at least.
        let (short, same) = (word.len().min(name.len()), word.eq_ignore_ascii_case(name));
        if name == word || short < 2 && !same || word.len().abs_diff(name.len()) > 3 {
            return None;
        }
        // A letter of the wrong case is the likeliest slip.
        let distance = if same { 0 } else { distance(word, name) };
        (distance <= (short / 3).clamp(1, 3)).then(|| (distance, slip(word, name), name))
    };
    names.into_iter().filter_map(near).min().map(|(.., name)| name)
}

/// How one name may have become another, the likeliest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Slip {
    /// Letters changed places.
    Order,
    /// One was left out, or typed twice.
    Count,
    Other,
}

fn slip(a: &str, b: &str) -> Slip {
    let sorted = |text: &str| {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters
    };
    match sorted(a) == sorted(b) {
        true => Slip::Order,
        false if a.len() != b.len() => Slip::Count,
        false => Slip::Other,
    }
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
