//! Topics: a subscription is a set of prefixes, and wants each message whose topic begins with one of them, once.

use std::collections::{BTreeMap, HashMap};

/// The prefixes of one subscription, sorted.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Topics(Vec<Box<[u8]>>);

impl Topics {
    /// All topics.
    pub fn all() -> Topics {
        Topics(vec![Box::default()])
    }

    pub fn of<'a>(prefixes: impl Iterator<Item = &'a [u8]>) -> Topics {
        let mut topics = Topics::default();
        prefixes.for_each(|prefix| topics.add(prefix));
        topics
    }

    pub fn add(&mut self, prefix: &[u8]) {
        if let Err(at) = self.0.binary_search_by(|known| known.as_ref().cmp(prefix)) {
            self.0.insert(at, prefix.into());
        }
    }

    pub fn remove(&mut self, prefix: &[u8]) {
        if let Ok(at) = self.0.binary_search_by(|known| known.as_ref().cmp(prefix)) {
            self.0.remove(at);
        }
    }

    pub fn prefixes(&self) -> &[Box<[u8]>] {
        &self.0
    }

    pub fn matches(&self, topic: &[u8]) -> bool {
        self.0.iter().any(|prefix| topic.starts_with(prefix))
    }
}

/// Which of many subscriptions match a topic: one look-up for each length that a prefix has, however many there are.
#[derive(Debug, Default)]
pub struct Index {
    /// Those that want all topics. Not in the map: to compare an empty prefix, which has no address, takes a processor hundreds of cycles.
    all: Vec<usize>,
    by_prefix: HashMap<Box<[u8]>, Vec<usize>>,
    /// How many prefixes have this length.
    lengths: BTreeMap<usize, usize>,
}

impl Index {
    /// A subscription, by its number.
    pub fn insert(&mut self, subscription: usize, topics: &Topics) {
        for prefix in topics.prefixes() {
            if prefix.is_empty() {
                self.all.push(subscription);
                continue;
            }
            self.by_prefix.entry(prefix.clone()).or_default().push(subscription);
            *self.lengths.entry(prefix.len()).or_default() += 1;
        }
    }

    pub fn remove(&mut self, subscription: usize, topics: &Topics) {
        for prefix in topics.prefixes() {
            if prefix.is_empty() {
                self.all.retain(|other| *other != subscription);
                continue;
            }
            let Some(found) = self.by_prefix.get_mut(prefix) else { continue };
            let Some(at) = found.iter().position(|other| *other == subscription) else { continue };
            found.remove(at);
            if found.is_empty() {
                self.by_prefix.remove(prefix);
            }
            if let Some(count) = self.lengths.get_mut(&prefix.len()) {
                *count -= 1;
                if *count == 0 {
                    self.lengths.remove(&prefix.len());
                }
            }
        }
    }

    /// The subscriptions that want this topic: one that has several prefixes of it may come several times.
    pub fn matching(&self, topic: &[u8], mut found: impl FnMut(usize)) {
        self.all.iter().for_each(|subscription| found(*subscription));
        for &length in self.lengths.range(..=topic.len()).map(|(length, _)| length) {
            if let Some(subscriptions) = self.by_prefix.get(&topic[..length]) {
                subscriptions.iter().for_each(|subscription| found(*subscription));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topics(prefixes: &[&str]) -> Topics {
        Topics::of(prefixes.iter().map(|prefix| prefix.as_bytes()))
    }

    #[test]
    fn a_prefix_matches_what_begins_with_it() {
        let weather = topics(&["weather.", "news"]);
        assert!(
            weather.matches(b"weather.oslo") && weather.matches(b"weather.") && weather.matches(b"newspaper")
        );
        assert!(!weather.matches(b"weather") && !weather.matches(b""));
        assert!(Topics::all().matches(b"") && Topics::all().matches(b"x"));
        assert!(!Topics::default().matches(b""));
    }

    #[test]
    fn the_index_finds_what_each_subscription_would() {
        let all = [topics(&[""]), topics(&["a", "ab"]), topics(&["b."]), topics(&[]), topics(&["abc"])];
        let mut index = Index::default();
        all.iter().enumerate().for_each(|(number, topics)| index.insert(number, topics));
        let check = |index: &Index, all: &[Topics], gone: &[usize]| {
            for topic in ["", "a", "ab", "abc", "b", "b.c", "zz"] {
                let mut found = Vec::new();
                index.matching(topic.as_bytes(), |number| found.push(number));
                found.sort_unstable();
                found.dedup();
                let expected: Vec<usize> = (0..all.len())
                    .filter(|number| !gone.contains(number) && all[*number].matches(topic.as_bytes()))
                    .collect();
                assert_eq!(found, expected, "{topic}");
            }
        };
        check(&index, &all, &[]);
        index.remove(1, &all[1]);
        check(&index, &all, &[1]);
        index.remove(0, &all[0]);
        check(&index, &all, &[0, 1]);
    }
}
