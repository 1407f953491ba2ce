func race@(n int) int {
	left, right, stop := make(chan int), make(chan string), make(chan bool)
	go func() {
		for i := range n {
			left <- i
		}
		stop <- true
	}()
	go func() {
		for i := range n {
			right <- fmt.Sprint("r", i)
		}
		stop <- true
	}()
	sum, done := 0, 0
	for done < 2 {
		select {
		case v := <-left:
			sum += v
		case s := <-right:
			sum += len(s)
		case <-stop:
			done++
		}
	}
	return sum
}

func useRace@() int {
	return race@(%)
}
