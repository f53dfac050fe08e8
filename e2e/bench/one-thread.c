/*
 * TCP from one network namespace to another, with both ends in one thread: everything that is done for a packet, by both ends and by the
 * kernel in between, is done in the time of this thread, so its CPU time is the price of the way, whatever else the machine does.
 *
 *     one-thread NETNS NETNS ADDRESS bytes|turns|connections COUNT
 *
 * Prints the CPU time and the time that passed, in seconds, for COUNT bytes one way, COUNT bytes there and back one by one, or COUNT
 * connections with a byte each.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char bytes[1 << 20];

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static void require(int good, const char *what) {
  if (!good) fail(what);
}

static double now(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec + time.tv_nsec * 1e-9;
}

static void enter(const char *netns) {
  int file = open(netns, O_RDONLY | O_CLOEXEC);
  require(file >= 0 && setns(file, CLONE_NEWNET) == 0, netns);
  close(file);
}

static int connected(const struct sockaddr_in *to) {
  int end = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
  require(connect(end, (const struct sockaddr *)to, sizeof *to) == 0, "connect");
  setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return end;
}

static int accepted(int listener) {
  int end = accept(listener, NULL, NULL), yes = 1;
  require(end >= 0, "accept");
  setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  return end;
}

static void stream(int from, int to, double count) {
  fcntl(from, F_SETFL, O_NONBLOCK);
  fcntl(to, F_SETFL, O_NONBLOCK);
  for (double received = 0; received < count;) {
    ssize_t sent = write(from, bytes, 128 * 1024), got, before = received;
    while ((got = read(to, bytes, sizeof bytes)) > 0) received += got;
    if (sent < 0 && received == before) {
      struct pollfd ends[] = {{from, POLLOUT, 0}, {to, POLLIN, 0}};
      require(poll(ends, 2, 10000) > 0, "nothing moves");
    }
  }
}

static void turns(int one, int other, double count) {
  for (int at = 0; at < count; at++) {
    require(write(one, bytes, 1) == 1 && read(other, bytes, 1) == 1, "there");
    require(write(other, bytes, 1) == 1 && read(one, bytes, 1) == 1, "back");
  }
}

static void connections(int listener, const struct sockaddr_in *to, double count) {
  struct linger reset = {1, 0};
  for (int at = 0; at < count; at++) {
    int one = connected(to), other = accepted(listener);
    turns(one, other, 1);
    /* No TIME_WAIT: ports must not run out. */
    setsockopt(one, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(one);
    close(other);
  }
}

int main(int argc, char **argv) {
  if (argc != 6) return 2;
  const char *what = argv[4];
  double count = atof(argv[5]);
  struct sockaddr_in to = {.sin_family = AF_INET};
  socklen_t length = sizeof to;
  enter(argv[2]);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  require(bind(listener, (struct sockaddr *)&to, sizeof to) == 0 && listen(listener, 16) == 0, "listen");
  getsockname(listener, (struct sockaddr *)&to, &length);
  require(inet_pton(AF_INET, argv[3], &to.sin_addr) == 1, argv[3]);
  enter(argv[1]);
  int one = connected(&to), other = accepted(listener);
  /* The first packets are dearer than the rest. */
  turns(one, other, 100);
  if (!strcmp(what, "bytes")) stream(one, other, count / 10);
  double cpu = now(CLOCK_THREAD_CPUTIME_ID), wall = now(CLOCK_MONOTONIC);
  if (!strcmp(what, "bytes")) stream(one, other, count);
  else if (!strcmp(what, "turns")) turns(one, other, count);
  else if (!strcmp(what, "connections")) connections(listener, &to, count);
  else return 2;
  printf("%.9f %.9f\n", now(CLOCK_THREAD_CPUTIME_ID) - cpu, now(CLOCK_MONOTONIC) - wall);
  return 0;
}
