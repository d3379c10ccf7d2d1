package asl

func (c *compiler) checkTransitions() {}
