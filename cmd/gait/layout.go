package main

import (
	"cmp"
	"math"
	"slices"
)

// layout places the nodes of one flow in layers from top to bottom, so that transitions go down where they can.
//
// It is the method of Sugiyama in its simple form: transitions that close a loop are turned round, nodes get the layer of their
// longest way from the start, long transitions get a place in each layer they cross, layers are ordered by the mean place of the
// neighbours, and nodes move towards their neighbours as far as there is room.
type layout struct {
	nodes  []node
	edges  []route
	layers [][]int
	width  float64
	height float64
}

// node is a box, or a place that a long transition passes.
type node struct {
	w, h  float64
	x, y  float64 // middle, top
	layer int
	up    []int // neighbours in the layer above, below
	down  []int
}

// route is a transition and the nodes that it runs through, from the upper end to the lower one.
type route struct {
	from, to int
	back     bool // it goes up: through runs from to to from
	through  []int
}

const (
	nodeGap  = 28
	layerGap = 46
)

// place computes the layout. The first real nodes of l.nodes and l.edges are given; node 0 is the start.
func (l *layout) place() {
	l.turnLoops()
	l.assignLayers()
	l.splitEdges()
	l.order()
	l.spread()
}

// turnLoops finds the transitions that close loops, by a walk in depth.
func (l *layout) turnLoops() {
	out := make([][]int, len(l.nodes))
	for i, e := range l.edges {
		out[e.from] = append(out[e.from], i)
	}
	const (
		fresh = iota
		open
		done
	)
	state := make([]int, len(l.nodes))
	type place struct{ node, next int }
	for root := range l.nodes {
		if state[root] != fresh {
			continue
		}
		state[root] = open
		for stack := []place{{root, 0}}; len(stack) > 0; {
			top := &stack[len(stack)-1]
			if top.next == len(out[top.node]) {
				state[top.node] = done
				stack = stack[:len(stack)-1]
				continue
			}
			e := &l.edges[out[top.node][top.next]]
			top.next++
			switch state[e.to] {
			case open:
				e.back = true
			case fresh:
				state[e.to] = open
				stack = append(stack, place{e.to, 0})
			}
		}
	}
}

// ends returns the upper and the lower end of a transition.
func (e *route) ends() (upper, lower int) {
	if e.back {
		return e.to, e.from
	}
	return e.from, e.to
}

// assignLayers gives each node the length of the longest way to it.
func (l *layout) assignLayers() {
	waits := make([]int, len(l.nodes))
	below := make([][]int, len(l.nodes))
	for i := range l.edges {
		if u, v := l.edges[i].ends(); u != v {
			below[u] = append(below[u], v)
			waits[v]++
		}
	}
	var ready []int
	for i, n := range waits {
		if n == 0 {
			ready = append(ready, i)
		}
	}
	for len(ready) > 0 {
		u := ready[0]
		ready = ready[1:]
		for _, v := range below[u] {
			l.nodes[v].layer = max(l.nodes[v].layer, l.nodes[u].layer+1)
			if waits[v]--; waits[v] == 0 {
				ready = append(ready, v)
			}
		}
	}
}

// splitEdges puts a place into every layer that a transition crosses.
func (l *layout) splitEdges() {
	for i := range l.edges {
		e := &l.edges[i]
		u, v := e.ends()
		if u == v {
			continue
		}
		e.through = []int{u}
		for layer := l.nodes[u].layer + 1; layer < l.nodes[v].layer; layer++ {
			l.nodes = append(l.nodes, node{w: 10, layer: layer})
			e.through = append(e.through, len(l.nodes)-1)
		}
		e.through = append(e.through, v)
		for k := 1; k < len(e.through); k++ {
			a, b := e.through[k-1], e.through[k]
			l.nodes[a].down = append(l.nodes[a].down, b)
			l.nodes[b].up = append(l.nodes[b].up, a)
		}
	}
	for i := range l.nodes {
		for len(l.layers) <= l.nodes[i].layer {
			l.layers = append(l.layers, nil)
		}
		l.layers[l.nodes[i].layer] = append(l.layers[l.nodes[i].layer], i)
	}
}

// order sorts layers by the mean place of the neighbours, down and up in turn.
func (l *layout) order() {
	at := make([]float64, len(l.nodes))
	number := func(layer []int) {
		for i, n := range layer {
			at[n] = float64(i)
		}
	}
	for _, layer := range l.layers {
		number(layer)
	}
	for range 6 {
		for _, down := range []bool{true, false} {
			for i := range l.layers {
				if !down {
					i = len(l.layers) - 1 - i
				}
				mean := map[int]float64{}
				for _, n := range l.layers[i] {
					mean[n] = average(l.neighbours(n, down), at, at[n])
				}
				slices.SortStableFunc(l.layers[i], func(a, b int) int { return cmp.Compare(mean[a], mean[b]) })
				number(l.layers[i])
			}
		}
	}
}

func (l *layout) neighbours(n int, above bool) []int {
	if above {
		return l.nodes[n].up
	}
	return l.nodes[n].down
}

// average returns the mean of at over some nodes, or otherwise.
func average(nodes []int, at []float64, otherwise float64) float64 {
	if len(nodes) == 0 {
		return otherwise
	}
	sum := 0.0
	for _, n := range nodes {
		sum += at[n]
	}
	return sum / float64(len(nodes))
}

// spread gives coordinates.
func (l *layout) spread() {
	x := make([]float64, len(l.nodes))
	for _, layer := range l.layers {
		l.pack(layer, x)
	}
	for range 12 {
		for _, down := range []bool{true, false} {
			for i := range l.layers {
				if !down {
					i = len(l.layers) - 1 - i
				}
				for _, n := range l.layers[i] {
					x[n] = average(l.neighbours(n, down), x, x[n])
				}
				l.pack(l.layers[i], x)
			}
		}
	}
	left, right := math.Inf(1), math.Inf(-1)
	for i := range l.nodes {
		left = min(left, x[i]-l.nodes[i].w/2)
		right = max(right, x[i]+l.nodes[i].w/2)
	}
	l.width = right - left
	for _, layer := range l.layers {
		tall := 0.0
		for _, n := range layer {
			l.nodes[n].x, l.nodes[n].y = x[n]-left, l.height
			tall = max(tall, l.nodes[n].h)
		}
		l.height += tall + layerGap
	}
	l.height = max(l.height-layerGap, 0)
}

// pack moves the nodes of a layer apart, as little as it takes: halfway between pushing all to the right and all to the left.
func (l *layout) pack(layer []int, x []float64) {
	right := make([]float64, len(layer))
	left := make([]float64, len(layer))
	room := func(i int) float64 { return (l.nodes[layer[i-1]].w+l.nodes[layer[i]].w)/2 + nodeGap }
	for i, n := range layer {
		right[i] = x[n]
		if i > 0 {
			right[i] = max(x[n], right[i-1]+room(i))
		}
	}
	for i := len(layer) - 1; i >= 0; i-- {
		left[i] = x[layer[i]]
		if i+1 < len(layer) {
			left[i] = min(left[i], left[i+1]-room(i+1))
		}
	}
	for i, n := range layer {
		x[n] = (left[i] + right[i]) / 2
	}
}

// floor returns the lower edge of a layer.
func (l *layout) floor(layer int) float64 {
	if layer+1 < len(l.layers) {
		return l.nodes[l.layers[layer+1][0]].y - layerGap
	}
	return l.height
}
