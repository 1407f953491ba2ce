use std::time::Instant;

use kanal::AsyncSender;

/// A kilobyte.
#[derive(Clone)]
struct Message {
    id: usize,
    data: [usize; 127],
}

async fn produce(n: usize, out: AsyncSender<Message>) {
    let mut message = Message { id: 0, data: [0; 127] };
    for i in 0..n {
        message.id = i;
        message.data[i % 127] = i;
        out.send(message.clone()).await.ok().expect("a receiver");
    }
}

fn main() {
    let n = peers::size();
    peers::tokio(async move {
        let start = Instant::now();
        let (out, receiver) = kanal::bounded_async(1024);
        tokio::spawn(produce(n, out));
        let mut sum = 0;
        while let Ok(message) = receiver.recv().await {
            sum += message.id + message.data[message.id % 127];
        }
        peers::report(n, start, sum);
    });
}
