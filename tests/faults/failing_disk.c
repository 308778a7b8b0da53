/* Preloaded into a process: from the n-th change on, below one folder, the disk fails; and locks fail, or mean nothing.

cc -shared -fPIC -o failing_disk.so failing_disk.c -ldl */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define REAL(name) __typeof__(&name) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)
#define CHANGES (O_CREAT | O_WRONLY | O_RDWR | O_TRUNC | O_APPEND)

static char below[4096];
static long first = -1, seen = 0;
static int with_error = 0, lock_error = 0;

/* lock_error: 0, locks work; an errno, they fail with it; -1, everybody gets them. */
void faults_set(const char *folder, long nth, int error, int locks) {
    strncpy(below, folder, sizeof below - 1);
    first = nth, seen = 0, with_error = error, lock_error = locks;
}

long faults_seen(void) { return seen; }

static int fails(const char *path) {
    if (first < 0 || !path || strncmp(path, below, strlen(below))) return 0;
    if (++seen < first) return 0;
    errno = with_error;
    return 1;
}

static int fails_fd(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = first < 0 ? -1 : readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return fails(path);
}

#define OPEN(name)                                                              \
    int name(const char *path, int flags, ...) {                                \
        va_list more;                                                           \
        va_start(more, flags);                                                  \
        mode_t mode = va_arg(more, mode_t);                                     \
        va_end(more);                                                           \
        REAL(name);                                                             \
        return (flags & CHANGES) && fails(path) ? -1 : real(path, flags, mode); \
    }
OPEN(open)
OPEN(open64)

ssize_t write(int fd, const void *bytes, size_t count) {
    REAL(write);
    return fails_fd(fd) ? -1 : real(fd, bytes, count);
}
ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t at) {
    REAL(pwrite64);
    return fails_fd(fd) ? -1 : real(fd, bytes, count, at);
}
int ftruncate64(int fd, off64_t length) {
    REAL(ftruncate64);
    return fails_fd(fd) ? -1 : real(fd, length);
}
int fsync(int fd) {
    REAL(fsync);
    return fails_fd(fd) ? -1 : real(fd);
}
int rename(const char *from, const char *to) {
    REAL(rename);
    return fails(to) ? -1 : real(from, to);
}
int mkdir(const char *path, mode_t mode) {
    REAL(mkdir);
    return fails(path) ? -1 : real(path, mode);
}
int flock(int fd, int operation) {
    REAL(flock);
    if (lock_error > 0) return errno = lock_error, -1;
    return lock_error < 0 ? 0 : real(fd, operation);
}
