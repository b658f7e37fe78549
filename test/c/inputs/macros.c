/* Macros that the kernel uses as if they were syntax. */
static int iterations(struct foo *foo)
{
	struct item *item, *next;
	int i;

	list_for_each_entry_safe(item, next, &foo->items, list) /* expect: loop or leave */
		drop(item); /* expect: drop(item) */
	for_each_possible_cpu(i) { /* expect: loop or leave */
		if (!per_cpu(i)) /* expect: if per_cpu(i) */
			break;
	}
	hlist_for_each_entry_rcu(item, &foo->hash, node) /* expect: loop or leave */
		if (item->id == foo->id) /* expect: if (item->id == foo->id) */
			return 1; /* expect: return 1 */
	return 0; /* expect: return 0 */
}

static int guards(struct foo *foo)
{
	struct buf *buf __free(kfree) = get_buf(foo); /* expect: struct buf * buf __free(kfree) = get_buf(foo) */

	guard(mutex)(&foo->lock); /* expect: guard(mutex)(&foo->lock) */
	scoped_guard(spinlock_irqsave, &foo->irq_lock) {
		touch(foo); /* expect: touch(foo) */
	}
	return buf ? 0 : -ENOMEM; /* expect: return (buf ? 0 : -ENOMEM) */
}

static void types(struct work_struct *work)
{
	struct foo *foo = container_of(work, struct foo, work); /* expect: struct foo * foo = container_of(work, struct foo, work) */
	void __iomem *base = foo->base; /* expect: void * base = foo->base */
	struct bar *bar = list_first_entry(&foo->bars, struct bar, list); /* expect: struct bar * bar = list_first_entry(&foo->bars, struct bar, list) */

	WRITE_ONCE(foo->seen, true); /* expect: WRITE_ONCE(foo->seen, true) */
	use(base, bar); /* expect: use(base, bar) */
}

static int __must_check __init annotated(struct foo __user *arg) __must_hold(&lock)
{
	return __get(arg); /* expect: return __get(arg) */
}
