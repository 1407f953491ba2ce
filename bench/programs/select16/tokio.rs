use std::time::Instant;

use tokio::sync::mpsc::{self, Receiver, Sender};

async fn produce(n: usize, out: Sender<usize>) {
    for i in 0..n {
        out.send(i).await.expect("a receiver");
    }
}

fn producer(n: usize) -> Receiver<usize> {
    let (out, receiver) = mpsc::channel(128);
    tokio::spawn(produce(n, out));
    receiver
}

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let start = Instant::now();
        let [
            mut a,
            mut b,
            mut c,
            mut d,
            mut e,
            mut f,
            mut g,
            mut h,
            mut i,
            mut j,
            mut k,
            mut l,
            mut m,
            mut o,
            mut p,
            mut q,
        ] = std::array::from_fn(|_| producer(n / 16));
        let mut sum = 0;
        for _ in 0..n / 16 * 16 {
            tokio::select! {
                Some(v) = a.recv() => sum += v,
                Some(v) = b.recv() => sum += 2 * v,
                Some(v) = c.recv() => sum += 3 * v,
                Some(v) = d.recv() => sum += 4 * v,
                Some(v) = e.recv() => sum += 5 * v,
                Some(v) = f.recv() => sum += 6 * v,
                Some(v) = g.recv() => sum += 7 * v,
                Some(v) = h.recv() => sum += 8 * v,
                Some(v) = i.recv() => sum += 9 * v,
                Some(v) = j.recv() => sum += 10 * v,
                Some(v) = k.recv() => sum += 11 * v,
                Some(v) = l.recv() => sum += 12 * v,
                Some(v) = m.recv() => sum += 13 * v,
                Some(v) = o.recv() => sum += 14 * v,
                Some(v) = p.recv() => sum += 15 * v,
                Some(v) = q.recv() => sum += 16 * v,
            }
        }
        peers::report(n / 16 * 16, start, sum);
    });
}
