package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

const respondents = 10

// Go's idiom: the question brings a channel for the replies, and a timer ends the wait.
type question struct {
	msg   int
	reply chan<- int
}

func respond(in <-chan question, id int) {
	for q := range in {
		q.reply <- q.msg + id
	}
}

func ask(all []chan question, msg int, limit time.Duration) []int {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	replies := make(chan int, len(all))
	asked := 0
	for _, in := range all {
		select {
		case in <- question{msg, replies}:
			asked++
		case <-timer.C:
			return nil
		}
	}
	got := make([]int, 0, asked)
	for range asked {
		select {
		case r := <-replies:
			got = append(got, r)
		case <-timer.C:
			return got
		}
	}
	return got
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	all := make([]chan question, respondents)
	for id := range all {
		all[id] = make(chan question)
		go respond(all[id], id+10)
	}
	start := time.Now()
	sum := 0
	for i := range n {
		for _, r := range ask(all, i%10*2+11, 10*time.Second) {
			sum += r
		}
	}
	fmt.Println(n*respondents, time.Since(start).Nanoseconds(), sum)
}
