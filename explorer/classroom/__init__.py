"""A room of pupils: state on disk, plan, deal of trainings, wall."""
