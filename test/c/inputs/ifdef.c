/* Conditional code: both branches count, also where the directive splits a statement. */
static int split_if(struct foo *foo)
{
	int ret = 0;

#ifdef CONFIG_FOO
	if (foo->ready) /* expect: if foo->ready */
		ret = one(foo); /* expect: ret = one(foo) */
	else
#endif
		ret = two(foo); /* expect: ret = two(foo) */
	return ret; /* expect: return ret */
}

static int split_condition(struct foo *foo)
{
	if (foo->a /* expect: if foo->a */
#ifdef CONFIG_BAR
	    && foo->b /* expect: if foo->b */
#endif
	   )
		return three(foo); /* expect: return three(foo) */
	return 0; /* expect: return 0 */
}

static int alternatives(void)
{
#if defined(CONFIG_A)
	a(); /* expect: a() */
#elif defined(CONFIG_B)
	b(); /* expect: b() */
#else
	c(); /* expect: c() */
#endif
	return 1; /* expect: return 1 */
}

#ifdef CONFIG_STUB
static int stub(int x)
{
	return x; /* expect: return x */
}
#else
static inline int stub(int x) { return 0; } /* expect: return 0 */
#endif

static int split_brace(int x)
{
#ifdef CONFIG_X
	if (x) { /* expect: if x */
#else
	if (!x) {
#endif
		last(); /* expect: last() */
	}
	return 2; /* expect: return 2 */
}
