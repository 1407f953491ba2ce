//! The patterns of channels in the editor: hover, completion, lenses, senders and receivers, the graph.

use serde_json::{Value, json};

use super::{Client, labels, with_document};

async fn hover(client: &mut Client, mark: &str) -> String {
    let found = client.at("textDocument/hover", mark).await;
    found["contents"]["value"].as_str().unwrap_or_default().to_owned()
}

/// The lines, from 1, of places.
fn lines(places: &Value) -> Vec<u64> {
    let found = places.as_array().into_iter().flatten();
    found.map(|place| place["range"]["start"]["line"].as_u64().expect("a line") + 1).collect()
}

/// The lenses of the channels of a document.
async fn lenses(client: &mut Client) -> Vec<String> {
    let params = json!({"textDocument": {"uri": client.uri}});
    let found = client.request("textDocument/codeLens", params).await;
    let titles = found.as_array().into_iter().flatten().map(|lens| lens["command"]["title"].as_str());
    titles.flatten().filter(|title| title.contains('·')).map(str::to_owned).collect()
}

/// Which task does what with which channel: `work receives jobs`.
async fn edges(client: &mut Client) -> Vec<String> {
    let answer = client.request("goo/graph", json!({"uri": client.uri})).await;
    let graph = &answer["graph"];
    let name = |id: &Value| {
        let all = ["tasks", "supervisors", "channels"];
        let node = all.iter().flat_map(|kind| graph[*kind].as_array().into_iter().flatten());
        let found = node.clone().find(|node| node["id"] == *id).expect("a node");
        found["name"].as_str().expect("a name").to_owned()
    };
    let edges = graph["edges"].as_array().into_iter().flatten();
    let mut found: Vec<String> = edges
        .filter(|edge| edge["relation"] != "starts")
        .map(|edge| {
            format!(
                "{} {} {}",
                name(&edge["from"]),
                edge["relation"].as_str().expect("a kind"),
                name(&edge["to"])
            )
        })
        .collect();
    found.sort();
    found
}

#[test]
fn push_and_pull() {
    let program = "package main

func work(in‹in› pull chan int, done chan<- int) {
	for n := range in {
		done <- n
	}
}

func main() {
	jobs‹jobs› := make(push chan int, 8)
	done := make(chan int)
	go work(jobs.Pull(), done)
	jobs <- 1
	println(<-done)
}
";
    with_document(program, async |client| {
        assert_eq!(lenses(client).await[0], "1 sender · 1 receiver · cap 8 · block");
        let text = hover(client, "jobs").await;
        assert!(text.contains("var jobs push chan int") && text.contains("goes to one puller"), "{text}");
        let text = hover(client, "in").await;
        assert!(text.contains("param in pull chan int") && text.contains("Made at main.goo:10"), "{text}");
        assert_eq!(lines(&client.at("goo/senders", "in").await), [13]);
        assert_eq!(lines(&client.at("goo/receivers", "jobs").await), [4]);
        assert_eq!(
            edges(client).await,
            ["main receives done", "main sends jobs", "work receives jobs", "work sends done"]
        );
    });
}

#[test]
fn pub_and_sub() {
    let program = "package main

func listen(in‹in› sub chan string, done chan<- bool) {
	for topic, m := range in {
		println(topic, m)
	}
	done <- true
}

func main() {
	news‹news› := make(pub chan string, 4, overflow: block)
	done := make(chan bool)
	go listen(news.Subscribe(\"weather.\"), done)
	news[\"weather.oslo\"] <- \"cold\"
	close(news)
	<-done
}
";
    with_document(program, async |client| {
        assert_eq!(client.diagnostics().await, json!([]));
        assert_eq!(lenses(client).await[0], "1 sender · 1 receiver · cap 4 · block");
        let text = hover(client, "in").await;
        assert!(text.contains("every subscriber of its topic"), "{text}");
        assert_eq!(lines(&client.at("goo/senders", "in").await), [14]);
        assert_eq!(lines(&client.at("goo/receivers", "news").await), [4]);
        let found = edges(client).await;
        assert!(found.contains(&"listen receives news".to_owned()), "{found:?}");
        assert!(found.contains(&"main closes news".to_owned()), "{found:?}");
    });
}

#[test]
fn broadcast() {
    let program = "package main

func each(in <-chan int, done chan<- int) {
	sum := 0
	for n := range in {
		sum += n
	}
	done <- sum
}

func main() {
	feed‹feed› := make(broadcast chan int, 2)
	done := make(chan int)
	for range 3 {
		go each(feed.Subscribe(), done)
	}
	feed <- 1
	close(feed)
	println(<-done, <-done, <-done)
}
";
    with_document(program, async |client| {
        assert_eq!(lenses(client).await[0], "1 sender · 1 receiver · cap 2 · block");
        assert!(hover(client, "feed").await.contains("the slowest sets the pace"));
        assert_eq!(lines(&client.at("goo/receivers", "feed").await), [5]);
    });
}

#[test]
fn requests() {
    let program = "package main

func serve(in‹in› rep chan(int) string) {
	for q := range in {
		q.Reply(\"yes\")
	}
}

func main() {
	calc‹calc› := make(req chan(int) string)
	go serve(calc.Rep())
	answer := calc(1) recover { \"no\" }
	println(answer)
}
";
    with_document(program, async |client| {
        assert_eq!(client.diagnostics().await, json!([]));
        assert_eq!(lenses(client).await, ["1 sender · 1 receiver · unbuffered · block"]);
        let text = hover(client, "calc").await;
        assert!(text.contains("req chan(int) string") && text.contains("exactly one reply"), "{text}");
        assert_eq!(lines(&client.at("goo/senders", "in").await), [12]);
        assert_eq!(lines(&client.at("goo/receivers", "calc").await), [4]);
    });
}

#[test]
fn pairs_dealers_and_routers() {
    let program = "package main

func other(end pair chan int) {
	end <- <-end + 1
}

func answer(in router chan int) {
	for letter := range in {
		in[letter.From] <- letter.Msg + 1
	}
}

func main() {
	left‹left› := make(pair chan int, 1)
	go other(left.Pair())
	left <- 1
	println(<-left)
	hub‹hub› := make(router chan int, 4)
	one := hub.Dealer()
	go answer(hub)
	one <- 1
	println(<-one)
}
";
    with_document(program, async |client| {
        assert_eq!(client.diagnostics().await, json!([]));
        assert_eq!(
            lenses(client).await,
            ["2 senders · 2 receivers · cap 1 · block", "2 senders · 2 receivers · cap 4 · block"]
        );
        assert_eq!(lines(&client.at("goo/senders", "left").await), [4, 16]);
        assert_eq!(lines(&client.at("goo/receivers", "hub").await), [8, 22]);
        assert!(hover(client, "hub").await.contains("many dealers exchange messages with one router"));
    });
}

#[test]
fn options_are_those_of_the_pattern() {
    let program = "package main

func main() {
	a := make(pub chan int, 4, ‹pub›)
	b := make(pull chan int, ‹pull›)
	c := make(broadcast chan int, ‹broadcast›)
	d := make(pub chan int, overflow: ‹policy›)
	e := a.Subscribe(\"topic\", ‹subscribe›)
}
";
    with_document(program, async |client| {
        for (mark, there, not_there) in [
            ("pub", &["overflow:", "redeliver:"][..], &["topics:"][..]),
            ("pull", &[], &["cap:", "overflow:"]),
            ("broadcast", &["cap:", "rate:"], &["overflow:"]),
            ("policy", &["drop_oldest", "latest"], &["fail"]),
            ("subscribe", &["cap:", "overflow:", "topics:"], &["rate:"]),
        ] {
            let items = client.at("textDocument/completion", mark).await;
            let found = labels(&items);
            assert!(there.iter().all(|word| found.contains(word)), "{mark}: {found:?}");
            assert!(!not_there.iter().any(|word| found.contains(word)), "{mark}: {found:?}");
        }
    });
}

#[test]
fn members_are_those_of_the_end() {
    let program = "package main

func f(a push chan int, b sub chan int, c req chan(int) int) {
	a.‹push›
	println()
	b.‹sub›
	println()
	c.‹req›
	println()
}
";
    with_document(program, async |client| {
        for (mark, there, not_there) in [
            ("push", &["TrySend", "Pull"][..], &["TryRecv", "Subscribe"][..]),
            ("sub", &["TryRecv", "Batch", "Unsubscribe"], &["TrySend", "Close"]),
            ("req", &["Rep", "Close"], &["TrySend", "TryRecv"]),
        ] {
            let items = client.at("textDocument/completion", mark).await;
            let found = labels(&items);
            assert!(there.iter().all(|word| found.contains(word)), "{mark}: {found:?}");
            assert!(!not_there.iter().any(|word| found.contains(word)), "{mark}: {found:?}");
        }
    });
}

#[test]
fn surveys() {
    let program = "package main

import \"survey\"

type House struct {
	sensors survey.Survey[string, int]
}

func sensor(ask‹ask› survey.Respondent[string, int]) {
	for q := range ask.C {
		q.Reply(1)
	}
}

func main() {
	house := House{sensors: survey.New[string, int]()}
	go sensor(house.sensors.Join())
	println(len(house.sensors‹sensors›.Ask(\"temperature\", 1s)))
}
";
    with_document(program, async |client| {
        assert_eq!(client.diagnostics().await, json!([]));
        assert_eq!(lenses(client).await[0], "1 sender · 1 receiver · unbuffered · block");
        assert_eq!(lines(&client.at("goo/senders", "ask").await), [18]);
        assert_eq!(lines(&client.at("goo/receivers", "sensors").await), [10]);
        assert_eq!(edges(client).await, ["main sends sensors", "sensor receives sensors"]);
    });
}
