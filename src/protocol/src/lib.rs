//! What every side of Strongroom says: ids, amounts, plans, requests, statements, replies and the bundle format.
