//! The identities by which a `router` knows its peers: numbers, of which none is given twice.

use std::collections::BTreeMap;

/// The peers of one router; `P` is what reaches one.
#[derive(Debug)]
pub struct Peers<P> {
    given: i64,
    known: BTreeMap<i64, P>,
}

impl<P> Default for Peers<P> {
    fn default() -> Peers<P> {
        Peers { given: 0, known: BTreeMap::new() }
    }
}

impl<P> Peers<P> {
    /// A peer comes, and gets its identity.
    pub fn connect(&mut self, peer: impl FnOnce(i64) -> P) -> i64 {
        self.given += 1;
        self.known.insert(self.given, peer(self.given));
        self.given
    }

    /// A peer goes. None if it was gone.
    pub fn disconnect(&mut self, identity: i64) -> Option<P> {
        self.known.remove(&identity)
    }

    pub fn get(&self, identity: i64) -> Option<&P> {
        self.known.get(&identity)
    }

    /// All of them, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = &P> {
        self.known.values()
    }

    /// All of them go.
    pub fn take_all(&mut self) -> Vec<P> {
        std::mem::take(&mut self.known).into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identity_is_never_given_twice() {
        let mut peers = Peers::default();
        let first = peers.connect(|identity| identity);
        assert_eq!(peers.disconnect(first), Some(first));
        let second = peers.connect(|identity| identity);
        assert_ne!(first, second);
        assert_eq!((peers.get(first), peers.get(second)), (None, Some(&second)));
        assert_eq!(peers.disconnect(first), None);
        assert_eq!(peers.take_all(), [second]);
        assert_eq!(peers.iter().count(), 0);
    }
}
