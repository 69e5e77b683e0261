def check(tree): return []
