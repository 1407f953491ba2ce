package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

func produce(n int, out chan<- int) {
	for i := range n {
		out <- i
	}
	close(out)
}

// batches gives up to limit messages at a time, or what has come within wait of the first.
func batches(in <-chan int, limit int, wait time.Duration) func(yield func([]int) bool) {
	return func(yield func([]int) bool) {
		timer := time.NewTimer(wait)
		for v := range in {
			batch := append(make([]int, 0, limit), v)
			timer.Reset(wait)
		fill:
			for len(batch) < limit {
				select {
				case v, ok := <-in:
					if !ok {
						break fill
					}
					batch = append(batch, v)
				case <-timer.C:
					break fill
				}
			}
			if !yield(batch) {
				return
			}
		}
	}
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	ch := make(chan int, 1024)
	go produce(n, ch)
	sum := 0
	for batch := range batches(ch, 50, time.Millisecond) {
		for _, v := range batch {
			sum += v
		}
	}
	fmt.Println(n, time.Since(start).Nanoseconds(), sum)
}
