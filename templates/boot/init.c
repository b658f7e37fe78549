// SPDX-License-Identifier: GPL-2.0
/*
 * The first and only program of the test machine: runs the lines of /script, says through /dev/kmsg what
 * each did, and switches the machine off. Speaking through the kernel's log keeps its lines in order with
 * the kernel's own.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int log_fd = -1;

/* Without the newline the kernel would wait for the rest of the line, and a guest that hangs would never say it. */
static void say(const char *format, ...)
{
	char line[513];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(line, sizeof(line) - 1, format, arguments);
	va_end(arguments);
	strcat(line, "\n");
	if (log_fd < 0 || write(log_fd, line, strlen(line)) < 0)
		fputs(line, stdout);
}

/* Writes text to a file; 0 or an errno. */
static int put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);
	int error = 0;

	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		error = errno;
	close(fd);
	return error;
}

/* Loads a kernel module. */
static int load(const char *path)
{
	int fd = open(path, O_RDONLY);
	int error = 0;

	if (fd < 0)
		return errno;
	if (syscall(SYS_finit_module, fd, "", 0))
		error = errno;
	close(fd);
	return error;
}

/* Names of drivers may hold spaces, which the script and the console write as "%20". */
static const char *plain(const char *name)
{
	static char result[256];
	size_t length = 0;

	for (; *name && length < sizeof(result) - 1; length++) {
		int space = !strncmp(name, "%20", 3);

		result[length] = space ? ' ' : *name;
		name += space ? 3 : 1;
	}
	result[length] = 0;
	return result;
}

static int bound(const char *driver, const char *device)
{
	char path[256];

	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/%s", plain(driver), device);
	return access(path, F_OK) == 0;
}

/* Whether a worker of the kernel has something in hand: those that wait for work are idle ("I"). */
static int works_pending(void)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	int pending = 0;

	while (processes && !pending && (entry = readdir(processes))) {
		char path[300], text[128] = "", state = 0;
		int fd;

		if (entry->d_name[0] < '0' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		if (read(fd, text, sizeof(text) - 1) > 0 && strstr(text, "(kworker/") && strrchr(text, ')'))
			sscanf(strrchr(text, ')'), ") %c", &state);
		close(fd);
		pending = state && state != 'I';
	}
	if (processes)
		closedir(processes);
	return pending;
}

/*
 * Waits until the works that a probe has left behind are done, but for those that wait for a time. What polls without end
 * is not waited for.
 */
static void settle(void)
{
	int looks;

	for (looks = 0; looks < 50 && works_pending(); looks++)
		usleep(10 * 1000);
}

/* Binds one device to one driver, whatever its id. */
static int bind_to(const char *driver, const char *device)
{
	char path[256];
	int error;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver_override", device);
	error = put(path, plain(driver));
	if (error)
		return error;
	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/bind", plain(driver));
	error = put(path, device);
	settle();
	return error;
}

static int unbind_from(const char *driver, const char *device)
{
	char path[256];

	if (!bound(driver, device))
		return ENODEV;
	snprintf(path, sizeof(path), "/sys/bus/pci/drivers/%s/unbind", plain(driver));
	return put(path, device);
}

/* Takes the device away and finds it again: the next case starts from a fresh struct pci_dev. */
static int renew(const char *device)
{
	char path[256];
	int error;

	snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/remove", device);
	error = put(path, "1");
	return error ? error : put("/sys/bus/pci/rescan", "1");
}

/* A number in a file; 0 where there is none. */
static int number_in(const char *path)
{
	char text[16] = "";
	int fd = open(path, O_RDONLY);

	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	if (fd >= 0)
		close(fd);
	return atoi(text);
}

#define PARAMETER(name) "/sys/module/treewide/parameters/" name

/*
 * Binds again and again, and lets the first, second, ... allocation fail until none is left to fail; or the first,
 * second, ... call of a function. The file that says which one says afterwards how many were still to pass.
 */
static void fail_each(const char *driver, const char *device, const char *function, int from, int limit)
{
	const char *file = function ? PARAMETER("fail") : "/proc/thread-self/fail-nth";
	char text[128];
	int n, error, left;

	for (n = from; n < from + limit; n++) {
		say("tw: nth %d driver=%s%s%s", n, driver, function ? " call=" : "", function ? function : "");
		snprintf(text, sizeof(text), function ? "%d %s" : "%d", n, function);
		put(PARAMETER("calls"), "+");
		error = put(file, text);
		if (error) {
			say("tw: did %s errno=%d", function ? "fail" : "fail-nth", error);
			return;
		}
		error = bind_to(driver, device);
		left = number_in(file);
		put(file, "0");
		say("tw: did nth errno=%d left=%d", error, left);
		if (!error)
			say("tw: did unbind errno=%d", unbind_from(driver, device));
		put(PARAMETER("show"), "1");
		if (left)
			return;
		put("/sys/kernel/debug/clear_warn_once", "1");
		say("tw: did renew errno=%d", renew(device));
	}
	say("tw: did fail-each errno=%d", E2BIG);
}

static void say_device(const char *device, const char *driver)
{
	char safe[512] = "";
	size_t length = 0;

	for (; *driver && length < sizeof(safe) - 4; driver++)
		length += sprintf(safe + length, *driver == ' ' ? "%%20" : "%c", *driver);
	say("tw: device %s driver=%s", device, safe);
}

/* Says which driver each PCI device has. */
static void list(void)
{
	DIR *devices = opendir("/sys/bus/pci/devices");
	struct dirent *device;

	while (devices && (device = readdir(devices))) {
		char path[512], driver[256] = "";

		snprintf(path, sizeof(path), "/sys/bus/pci/devices/%s/driver", device->d_name);
		if (readlink(path, driver, sizeof(driver) - 1) > 0)
			say_device(device->d_name, strrchr(driver, '/') + 1);
	}
}

/* One line of the script: a verb, its first argument, and the rest. */
static void run(const char *line)
{
	char verb[16] = "", first[256] = "", rest[512] = "";
	int error;

	sscanf(line, "%15s %255s %511[^\n]", verb, first, rest);
	if (!strcmp(verb, "case")) {
		say("tw: case %s", first);
		return;
	}
	if (!strcmp(verb, "list")) {
		list();
		return;
	}
	if (!strcmp(verb, "fail-each")) { /* DRIVER DEVICE FROM LIMIT [FUNCTION] */
		char device[32] = "", function[64] = "";
		int from = 1, limit = 0;

		sscanf(rest, "%31s %d %d %63s", device, &from, &limit, function);
		fail_each(first, device, function[0] ? function : NULL, from, limit);
		return;
	}
	if (!strcmp(verb, "hang")) /* these three show that the host's limits hold */
		pause();
	while (!strcmp(verb, "flood"))
		say("tw: flood");
	if (!strcmp(verb, "die"))
		exit(1);
	if (!strcmp(verb, "load"))
		error = load(first);
	else if (!strcmp(verb, "write"))
		error = put(first, rest);
	else if (!strcmp(verb, "bind"))
		error = bind_to(first, rest);
	else if (!strcmp(verb, "unbind"))
		error = unbind_from(first, rest);
	else if (!strcmp(verb, "renew"))
		error = renew(first);
	else
		error = EINVAL;
	say("tw: did %s %s errno=%d", verb, first, error);
}

int main(void)
{
	char line[1024];
	FILE *script;

	mkdir("/proc", 0755);
	mkdir("/sys", 0755);
	mkdir("/dev", 0755);
	mount("devtmpfs", "/dev", "devtmpfs", 0, "");
	mount("proc", "/proc", "proc", 0, "");
	mount("sysfs", "/sys", "sysfs", 0, "");
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, "");
	log_fd = open("/dev/kmsg", O_WRONLY);
	say("tw: start");
	script = fopen("/script", "r");
	while (script && fgets(line, sizeof(line), script)) {
		line[strcspn(line, "\n")] = 0;
		if (line[0])
			run(line);
	}
	say("tw: end");
	sync();
	reboot(RB_POWER_OFF);
	return 0;
}
