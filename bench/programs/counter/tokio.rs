use std::time::Instant;

use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::oneshot;

struct Request {
    add: usize,
    reply: oneshot::Sender<usize>,
}

async fn counter(mut requests: Receiver<Request>) {
    let mut value = 0;
    while let Some(request) = requests.recv().await {
        value += request.add;
        request.reply.send(value).expect("a receiver");
    }
}

async fn ask(n: usize, requests: Sender<Request>) -> usize {
    let mut sum = 0;
    for _ in 0..n {
        let (reply, answer) = oneshot::channel();
        requests.send(Request { add: 1, reply }).await.ok().expect("a receiver");
        sum += answer.await.expect("an answer");
    }
    sum
}

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let start = Instant::now();
        let (requests, receiver) = mpsc::channel(1);
        tokio::spawn(counter(receiver));
        let askers: Vec<_> = (0..8).map(|_| tokio::spawn(ask(n / 8, requests.clone()))).collect();
        let mut sum = 0;
        for asker in askers {
            sum += asker.await.expect("a sum");
        }
        peers::report(n / 8 * 8, start, sum);
    });
}
