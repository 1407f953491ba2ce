func sort@(xs []int) {
	for i := 1; i < len(xs); i++ {
		for j := i; j > 0 && xs[j-1] > xs[j]; j-- {
			xs[j-1], xs[j] = xs[j], xs[j-1]
		}
	}
}

func useSorting@() int {
	xs := make([]int, 0, %)
	seed := %
	for range % {
		seed = (seed*1103515245 + 12345) & 0xffff
		xs = append(xs, seed)
	}
	sort@(xs)
	return xs[0] + xs[len(xs)-1]
}
