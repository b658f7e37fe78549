/* Control flow of every kind. */
static int unwinding(struct foo *foo)
{
	int ret;

	ret = first(foo); /* expect: ret = first(foo) */
	if (ret) /* expect: if ret */
		return ret; /* expect: return ret */
	ret = second(foo); /* expect: ret = second(foo) */
	if (ret < 0) /* expect: if (ret < 0) */
		goto undo_first;
	return 0; /* expect: return 0 */

undo_first:
	undo(foo); /* expect: undo(foo) */
	return ret; /* expect: return ret */
}

static int switches(int kind)
{
	switch (kind) { /* expect: switch kind */
	case KIND_A:
	case KIND_B:
		a(); /* expect: a() */
		fallthrough;
	case 5 ... 7:
		b(); /* expect: b() */
		break;
	default:
		return -EINVAL; /* expect: return -EINVAL */
	}
	do {
		c(); /* expect: c() */
	} while (kind--); /* expect: loop while kind-- */
	while (1) { /* expect: loop while 1 */
		if (done()) /* expect: if done() */
			break;
		continue;
	}
	return ({ int x = kind; x; }); /* expect: return ({}) */
}

static int logic(struct foo *foo)
{
	if (!foo || (foo->a && !foo->b)) /* expect: if foo */ /* expect: if foo->a */ /* expect: if foo->b */
		return foo ? foo->c ?: 4 : -1; /* expect: return (foo ? (foo->c ?  : 4) : -1) */
	return IS_ERR_OR_NULL(foo); /* expect: return IS_ERR_OR_NULL(foo) */
}
