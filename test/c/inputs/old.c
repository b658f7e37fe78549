/* Declarators that modern code avoids. */
int
on_two_lines(int a,
	     int b)
{
	return a + b; /* expect: return (a + b) */
}

static void takes_callback(void (*call)(void *data, int), void *data)
{
	(*call)(data, 1); /* expect: *call(data, 1) */
	call(data, 2); /* expect: call(data, 2) */
}

static unsigned long long int many_words(const volatile unsigned char *const p, ...)
{
	register int i = 0; /* expect: int i = 0 */

	for (;;) {
		if (!p[i++]) /* expect: if p[i++] */
			return (unsigned long)i; /* expect: return (long)i */
	}
}
