// What the sentry and the owner's side of the guard have agreed on. The
// descriptors and EMPTY_LIST stand in guard_linux.go too.

#define OWNER_FD		3	// a pidfd of the owner
#define LIST_FD			4	// the list of groups
#define PROGRAM_FD		5	// the owner's program
#define FIRST_FOREIGN_FD	6
#define EMPTY_LIST		8	// the size of a list without groups

#define SENTRY_NAME		"jobobject-guard"

#define SIG_SETMASK		2
#define PR_SET_NAME		15
#define POLLIN			1
#define EINTR			4
#define STAT_SIZE		48
#define AT_EMPTY_PATH		0x1000
