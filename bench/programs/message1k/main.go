package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// A kilobyte.
type message struct {
	id   int
	data [127]int
}

func produce(n int, out chan<- message) {
	var m message
	for i := range n {
		m.id = i
		m.data[i%127] = i
		out <- m
	}
	close(out)
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	ch := make(chan message, 1024)
	go produce(n, ch)
	sum := 0
	for m := range ch {
		sum += m.id + m.data[m.id%127]
	}
	fmt.Println(n, time.Since(start).Nanoseconds(), sum)
}
