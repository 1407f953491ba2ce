package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// Go has no supervisors: the idiom is a deferred recover that starts the goroutine again.
func worker(jobs <-chan int, done chan<- int) {
	defer func() {
		if recover() != nil {
			go worker(jobs, done)
		}
	}()
	for job := range jobs {
		done <- job
		panic("crash after each job")
	}
}

func main() {
	n, _ := strconv.Atoi(os.Args[1])
	start := time.Now()
	jobs, done := make(chan int), make(chan int)
	go worker(jobs, done)
	sum := 0
	for i := range n {
		jobs <- i
		sum += <-done
	}
	fmt.Println(n, time.Since(start).Nanoseconds(), sum)
}
