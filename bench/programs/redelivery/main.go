package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// Handles the message that is delivered to it again, and crashes with the next one; says which it had in hand.
func worker(first *int, jobs <-chan int, done chan<- int) (inHand int, crashed bool) {
	defer func() {
		if recover() != nil {
			crashed = true
		}
	}()
	if first != nil {
		inHand = *first
		done <- inHand
	}
	for inHand = range jobs {
		if first != nil {
			panic("crash with each message")
		}
		first = &inHand
		done <- inHand
	}
	return 0, false
}

func supervise(jobs <-chan int, done chan<- int) {
	var first *int
	for {
		type end struct {
			inHand  int
			crashed bool
		}
		ended := make(chan end)
		go func() {
			inHand, crashed := worker(first, jobs, done)
			ended <- end{inHand, crashed}
		}()
		e := <-ended
		if !e.crashed {
			return
		}
		first = &e.inHand
	}
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	jobs, done := make(chan int, 128), make(chan int)
	go supervise(jobs, done)
	go func() {
		for i := range n {
			jobs <- i
		}
		close(jobs)
	}()
	sum := 0
	for i := range n {
		job := <-done
		if job != i {
			panic("a message was lost, or came out of order")
		}
		sum += job
	}
	fmt.Println(n, time.Since(start).Nanoseconds(), sum)
}
