type Pair@[K comparable, V any] struct {
	Key   K
	Value V
}

func pairs@[K comparable, V any](m map[K]V, keep func(K, V) bool) []Pair@[K, V] {
	var out []Pair@[K, V]
	for k, v := range m {
		if keep(k, v) {
			out = append(out, Pair@[K, V]{k, v})
		}
	}
	return out
}

func usePairs@() int {
	limit := %
	counts := map[string]int{"a": 1, "b": 2}
	squares := map[int]string{}
	for i := range % {
		counts[fmt.Sprintf("key#d", i)] += i
		squares[i*i] = fmt.Sprint(i, "!")
	}
	big := pairs@(counts, func(k string, v int) bool { return v > limit && k != "a" })
	odd := pairs@(squares, func(k int, v string) bool { return k&1 == 1 && len(v) > 1 })
	sum := 0
	for _, p := range big {
		sum += p.Value + len(p.Key)
	}
	for _, p := range odd {
		sum += p.Key + len(p.Value)
	}
	return sum
}
