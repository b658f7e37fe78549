// SPDX-License-Identifier: GPL-2.0
/*
 * Prints what the PCI and interrupt core does to one device: a line for each call of the functions in
 * calls[], with its caller and the device's flags after the prefix "tw:". The device is named in the
 * parameter "watch"; writing to the parameter "show" prints its state and capability registers.
 */
#include <linux/hashtable.h>
#include <linux/interrupt.h>
#include <linux/irq.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/msi.h>
#include <linux/pci.h>
#include <linux/stacktrace.h>
#include "harness.h"

/* What the first argument of a traced function is. */
enum first_argument { PCI_DEV, DEVICE, INTERRUPT };

struct call {
	const char *function;
	enum first_argument first;
	bool returns;		/* print the return value too */
	bool action;		/* arguments 1 and 3 are a devres action and its name */
	struct kretprobe probe;
};

static struct call calls[] = {
	{ "pcim_enable_device", PCI_DEV },
	{ "pci_enable_device", PCI_DEV, .returns = true },
	{ "pci_disable_device", PCI_DEV },
	{ "pcim_disable_device", PCI_DEV },
	{ "pci_alloc_irq_vectors", PCI_DEV },
	{ "pci_alloc_irq_vectors_affinity", PCI_DEV },
	{ "pcim_alloc_irq_vectors", PCI_DEV },
	{ "pcim_alloc_irq_vectors_affinity", PCI_DEV },
	{ "pci_enable_msi", PCI_DEV },
	{ "pci_enable_msix_range", PCI_DEV },
	{ "__pci_enable_msi_range", PCI_DEV, .returns = true },
	{ "__pci_enable_msix_range", PCI_DEV, .returns = true },
	{ "pci_free_irq_vectors", PCI_DEV },
	{ "pci_disable_msi", PCI_DEV },
	{ "pci_disable_msix", PCI_DEV },
	{ "pci_msi_shutdown", PCI_DEV },
	{ "pci_msix_shutdown", PCI_DEV },
	{ "pci_free_msi_irqs", PCI_DEV },
	{ "pcim_msi_release", PCI_DEV },
	{ "pci_device_probe", DEVICE },
	{ "pci_device_remove", DEVICE },
	{ "devres_release_all", DEVICE },
	{ "msi_setup_device_data", DEVICE },
	{ "msi_device_data_release", DEVICE },
	{ "__devm_add_action", DEVICE, .action = true },
	{ "request_threaded_irq", INTERRUPT, .returns = true },
	{ "devm_irq_release", DEVICE },
	{ "free_irq", INTERRUPT },
};

static char watch[32];
module_param_string(watch, watch, sizeof(watch), 0644);

static bool watched(struct device *dev)
{
	return dev && dev_is_pci(dev) && !strcmp(dev_name(dev), watch);
}

/*
 * Interrupts that the watched device had when a handler was requested: once its vectors are freed, nothing
 * in the kernel says whose interrupt a number was.
 */
static DECLARE_BITMAP(requested, 4096);
static struct pci_dev *owner;

static struct pci_dev *pci_dev_of_irq(unsigned int irq)
{
	struct irq_data *data = irq_get_irq_data(irq);
	struct msi_desc *desc = data ? irq_data_get_msi_desc(data) : NULL;

	if (desc && watched(desc->dev))
		return to_pci_dev(desc->dev);
	if (irq < 4096 && owner && watched(&owner->dev) && (test_bit(irq, requested) || irq == owner->irq))
		return owner;
	return NULL;
}

#define FLAGS "managed=%d release=%d msi=%d msix=%d"
#define FLAGS_OF(pdev) (pdev)->is_managed, TW_MSI_MANAGED(pdev), (pdev)->msi_enabled, (pdev)->msix_enabled

static int entered(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct call *call = container_of(get_kretprobe(instance), struct call, probe);
	unsigned long first = regs_get_kernel_argument(regs, 0);
	void *caller = (void *)*(unsigned long *)kernel_stack_pointer(regs);
	struct pci_dev *pdev = NULL;

	if (call->first == PCI_DEV)
		pdev = first && watched(&((struct pci_dev *)first)->dev) ? (void *)first : NULL;
	else if (call->first == DEVICE)
		pdev = watched((struct device *)first) ? to_pci_dev((struct device *)first) : NULL;
	else
		pdev = pci_dev_of_irq(first);
	if (!pdev)
		return 1; /* not ours: no return probe either */

	*(struct pci_dev **)instance->data = pdev;
	owner = pdev;
	if (call->first == INTERRUPT) {
		if (first < 4096)
			set_bit(first, requested);
		pr_info("tw: call %s from=%pS " FLAGS " irq=%lu\n", call->function, caller, FLAGS_OF(pdev),
			first);
	} else if (call->action) {
		pr_info("tw: call %s from=%pS " FLAGS " action=%ps\n", call->function, caller,
			FLAGS_OF(pdev), (void *)regs_get_kernel_argument(regs, 1));
	} else {
		pr_info("tw: call %s from=%pS " FLAGS "\n", call->function, caller, FLAGS_OF(pdev));
	}
	return !call->returns;
}

static int returned(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct call *call = container_of(get_kretprobe(instance), struct call, probe);
	struct pci_dev *pdev = *(struct pci_dev **)instance->data;

	pr_info("tw: return %s " FLAGS " ret=%d\n", call->function, FLAGS_OF(pdev),
		(int)regs_return_value(regs));
	return 0;
}

static u16 control(struct pci_dev *pdev, u8 capability)
{
	u16 value = 0;

	if (capability)
		pci_read_config_word(pdev, capability + PCI_MSI_FLAGS, &value);
	return value;
}

static void print_state(struct pci_dev *pdev, const char *what, int ret)
{
	pr_info("tw: step %s " FLAGS " enabled=%d msi_register=%d msix_register=%d irq=%u ret=%d\n", what,
		FLAGS_OF(pdev), pci_is_enabled(pdev), !!(control(pdev, pdev->msi_cap) & PCI_MSI_FLAGS_ENABLE),
		!!(control(pdev, pdev->msix_cap) & PCI_MSIX_FLAGS_ENABLE), pdev->irq, ret);
}

void tw_did(struct pci_dev *pdev, const char *what, int ret)
{
	print_state(pdev, what, ret);
}

static int show(const char *what, const struct kernel_param *parameter)
{
	struct pci_dev *pdev = NULL;

	for_each_pci_dev(pdev)
		if (watched(&pdev->dev))
			print_state(pdev, "show", 0);
	return 0;
}

static const struct kernel_param_ops show_ops = { .set = show };
module_param_cb(show, &show_ops, NULL, 0200);

/* Where the code of the driver is that is tried, of kernel addresses the first and the one behind the last. */
static unsigned long code_start, code_end;
module_param(code_start, ulong, 0600);
module_param(code_end, ulong, 0600);

#define DEPTH 32

/*
 * Whether a call is the driver's: probes and removes run as the script's program, and what they leave to others (works,
 * threads, asynchronous probes) in a thread of the kernel, with a function of the driver on its stack.
 */
static bool deferred(void)
{
	unsigned long trace[DEPTH];
	unsigned int count, n;

	if (!(current->flags & PF_KTHREAD) || !code_start)
		return false;
	count = stack_trace_save(trace, ARRAY_SIZE(trace), 0);
	for (n = 0; n < count; n++)
		if (trace[n] >= code_start && trace[n] < code_end)
			return true;
	return false;
}

static bool ours(void)
{
	return current->pid == 1 || deferred();
}

/* The calls that a driver makes of one named function, with what each returned. Named in the parameter "calls". */
struct point {
	struct list_head list;
	struct kretprobe probe;
	char function[64];
	int told;
};

static LIST_HEAD(points);

/* Calls of one function in one bind that are told: loops that wait call some without end. */
#define MOST_TOLD 64

static int point_entered(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct point *point = container_of(get_kretprobe(instance), struct point, probe);

	if (point->told >= MOST_TOLD || !ours())
		return 1;
	point->told++;
	*(void **)instance->data = (void *)*(unsigned long *)kernel_stack_pointer(regs);
	return 0;
}

static int point_returned(struct kretprobe_instance *instance, struct pt_regs *regs)
{
	struct point *point = container_of(get_kretprobe(instance), struct point, probe);

	pr_info("tw: returned %s value=%ld from=%pS\n", point->function, (long)regs_return_value(regs),
		*(void **)instance->data);
	return 0;
}

/* "-" forgets all functions, "+" begins to count anew, anything else is one more function. */
static int set_calls(const char *text, const struct kernel_param *parameter)
{
	struct point *point, *next;
	int ret;

	if (*text == '-' || *text == '+') {
		list_for_each_entry_safe(point, next, &points, list) {
			point->told = 0;
			if (*text == '+')
				continue;
			unregister_kretprobe(&point->probe);
			list_del(&point->list);
			kfree(point);
		}
		return 0;
	}
	point = kzalloc(sizeof(*point), GFP_KERNEL);
	if (!point)
		return -ENOMEM;
	strscpy(point->function, text, sizeof(point->function));
	point->function[strcspn(point->function, "\n")] = 0;
	point->probe.kp.symbol_name = point->function;
	point->probe.entry_handler = point_entered;
	point->probe.handler = point_returned;
	point->probe.data_size = sizeof(void *);
	ret = register_kretprobe(&point->probe);
	if (ret)
		kfree(point);
	else
		list_add(&point->list, &points);
	return ret;
}

static const struct kernel_param_ops calls_ops = { .set = set_calls };
module_param_cb(calls, &calls_ops, NULL, 0200);

/* The function of which one call is to fail, and how many calls are still to pass. Set as "COUNT FUNCTION", or "0". */
static char failing[64];
static int passing;
/*
 * Allocations fail where this function says so, and those of the script's program /proc/self/fail-nth counts: only those
 * of the driver's works and threads are meant.
 */
#define ALLOCATION "should_fail_ex"
static bool allocations;

static int fail_call(struct kprobe *probe, struct pt_regs *regs)
{
	unsigned long trace[DEPTH];
	unsigned int count, n;

	if (passing == 0 || !(allocations ? deferred() : ours()) || --passing > 0)
		return 0;
	count = stack_trace_save(trace, ARRAY_SIZE(trace), 0);
	pr_info("tw: forcing a failure of %s\n", failing);
	pr_info(" %pS\n", (void *)*(unsigned long *)kernel_stack_pointer(regs));
	for (n = 0; n < count; n++)
		pr_info(" %pS\n", (void *)trace[n]);
	pr_info(" </TASK>\n");
	/* Back to the caller, as if the function had done nothing but return an error; or, of an allocation, "yes". */
	regs->ax = allocations ? 1 : -EIO;
	regs->ip = *(unsigned long *)regs->sp;
	regs->sp += sizeof(long);
	return 1;
}

/* A probe with one of these is never turned into a jump, behind which nothing could be skipped. */
static void after_call(struct kprobe *probe, struct pt_regs *regs, unsigned long flags)
{
}

static struct kprobe failer;

static int set_fail(const char *text, const struct kernel_param *parameter)
{
	int ret = 0;

	passing = 0;
	if (failer.symbol_name)
		unregister_kprobe(&failer);
	memset(&failer, 0, sizeof(failer));
	if (sscanf(text, "%d %63s", &passing, failing) == 2) {
		allocations = !strcmp(failing, ALLOCATION);
		failer.symbol_name = failing;
		failer.pre_handler = fail_call;
		failer.post_handler = after_call;
		ret = register_kprobe(&failer);
		if (ret)
			failer.symbol_name = NULL;
	}
	return ret;
}

/* How many calls were still to pass: above 0, none failed. */
static int get_fail(char *buffer, const struct kernel_param *parameter)
{
	return sysfs_emit(buffer, "%d\n", passing);
}

static const struct kernel_param_ops fail_ops = { .set = set_fail, .get = get_fail };
module_param_cb(fail, &fail_ops, NULL, 0600);

/* Names of drivers may hold spaces, at which a line of the script and of the console is split. */
static void print_driver(const char *name, void *probe, void *variable)
{
	char safe[128];
	size_t n, length = 0;

	for (n = 0; name[n] && length + 4 < sizeof(safe); n++)
		length += sprintf(safe + length, name[n] == ' ' ? "%%20" : "%c", name[n]);
	safe[length] = 0;
	pr_info("tw: driver %s at=%px probe=%ps variable=%ps\n", safe, probe, probe, variable);
}

static int one_driver(struct device_driver *driver, void *unused)
{
	struct pci_driver *pci = container_of(driver, struct pci_driver, driver);

	print_driver(driver->name, pci->probe, pci);
	return 0;
}

/* Says of each driver on the bus where its probe function is: what the sources call it may stand far from its name. */
static int list_drivers(const char *text, const struct kernel_param *parameter)
{
	return bus_for_each_drv(&pci_bus_type, NULL, NULL, one_driver);
}

static const struct kernel_param_ops drivers_ops = { .set = list_drivers };
module_param_cb(drivers, &drivers_ops, NULL, 0200);

/*
 * "ADDRESS DRIVER" gives the driver an id of that device, with what the driver keeps beside the first id of its own: a
 * driver that finds nothing there does not come far. The core then tries it on the device, unless that waits for another.
 */
static int lend(const char *text, const struct kernel_param *parameter)
{
	char address[32], name[128];
	struct device_driver *driver;
	struct pci_driver *pci;
	struct pci_dev *pdev;
	struct device *dev;
	int ret = 0;

	if (sscanf(text, "%31s %127[^\n]", address, name) != 2)
		return -EINVAL;
	driver = driver_find(name, &pci_bus_type);
	dev = bus_find_device_by_name(&pci_bus_type, NULL, address);
	if (!driver || !dev) {
		put_device(dev);
		return -ENODEV;
	}
	pci = container_of(driver, struct pci_driver, driver);
	pdev = to_pci_dev(dev);
	if (pci->id_table)
		ret = pci_add_dynid(pci, pdev->vendor, pdev->device, PCI_ANY_ID, PCI_ANY_ID, 0, 0,
				    pci->id_table->driver_data);
	put_device(dev);
	return ret;
}

static const struct kernel_param_ops lend_ops = { .set = lend };
module_param_cb(lend, &lend_ops, NULL, 0200);

static int __init watch_init(void)
{
	struct call *call;
	int ret;

	for (call = calls; call < calls + ARRAY_SIZE(calls); call++) {
		call->probe.kp.symbol_name = call->function;
		call->probe.entry_handler = entered;
		call->probe.handler = returned;
		call->probe.data_size = sizeof(struct pci_dev *);
		ret = register_kretprobe(&call->probe);
		if (ret) /* gcc may have inlined it, or this tree has none */
			pr_info("tw: untraced %s ret=%d\n", call->function, ret);
	}
	ret = tw_register_cases();
	return ret ? ret : tw_register_deferred();
}
module_init(watch_init);

MODULE_DESCRIPTION("treewide: ownership of PCI interrupt vectors, watched");
MODULE_LICENSE("GPL");
