func stage@(in <-chan int, out chan<- int, f func(int) int) {
	for v := range in {
		out <- f(v)
	}
	close(out)
}

func pipeline@(n int) int {
	a, b := make(chan int, 4), make(chan int)
	go func() {
		for i := range n {
			a <- i
		}
		close(a)
	}()
	go stage@(a, b, func(v int) int { return v*% + 1 })
	sum := 0
	for v := range b {
		sum += v
	}
	return sum
}

func usePipeline@() int {
	return pipeline@(%)
}
