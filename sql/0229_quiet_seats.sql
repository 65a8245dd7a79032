-- A trigger of a statement fires also where it changes no row: each renewal of a lease was news to
-- the controller that made it, which looked at once and renewed again, without an end.
drop trigger seats_changed on seats;
create trigger seats_changed after update on seats
  for each row when (old.controller is distinct from new.controller)
  execute function ringwright_changed();
