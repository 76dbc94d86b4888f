//! The online binary: plans withdrawals, collects approvals, sends and follows.
